complete -c kvm-manager -l host -d 'Connect to this host alone: a name from the list of hosts, `ssh://USER@HOST`, a libvirt URI, or the address of a bus' -r -f
complete -c kvm-manager -l demo -d 'Show machines that exist in memory only: full, empty, many=N, frozen, service-missing, not-allowed, no-libvirt' -r -f
complete -c kvm-manager -l bus -d 'Use the service on the bus with this address as this computer\'s' -r -f
complete -c kvm-manager -l new -d 'Open a window of its own even if the application runs'
complete -c kvm-manager -l settings -d 'Show the settings'
complete -c kvm-manager -s h -l help -d 'Print help'
complete -c kvm-manager -s V -l version -d 'Print version'
