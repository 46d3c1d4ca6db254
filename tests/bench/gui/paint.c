/* When a window is seen, and when it is painted, from the outside: the X server tells what is damaged, so that any
 * program can be measured in the same way. Times are milliseconds on the monotonic clock.
 *
 *   paint start QUIET PROGRAM ARGUMENT...   runs it; prints "mapped MS", and "painted MS": the last damage of its window
 *                                           before QUIET ms without any. The program runs on; "pid PID", "window ID".
 *   paint react WINDOW LIMIT KEYS COUNT     presses a key (a keysym's name) COUNT times, or several by turns: KEY,KEY;
 *                                           "wheel" turns the wheel down over the middle of the window. Prints the median
 *                                           and the largest time until the window was painted after it.
 *   paint event WINDOW LIMIT COMMAND COUNT  the same for a command that the shell runs; the time begins when it ends.
 *   paint quiet WINDOW MS                   counts the paints in so many ms: "paints N".
 *   paint hide WINDOW KEY                   has the window manager take the window away; KEY says nothing.
 */
#define _GNU_SOURCE
#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <X11/extensions/XTest.h>
#include <X11/extensions/Xdamage.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static Display *display;
static int damage_event;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

/* A window that somebody closes meanwhile is no reason to end. */
static int ignore(Display *d, XErrorEvent *e) { (void)d, (void)e; return 0; }

static int wait_event(XEvent *event, double until) {
    while (!XPending(display)) {
        double left = until - now();
        struct pollfd fd = {ConnectionNumber(display), POLLIN, 0};
        if (left <= 0 || poll(&fd, 1, (int)left + 1) == 0) {
            if (now() >= until) return 0;
        }
    }
    XNextEvent(display, event);
    return 1;
}

/* The next damage of the window, or -1. */
static double next_paint(double until) {
    XEvent event;
    while (wait_event(&event, until))
        if (event.type == damage_event + XDamageNotify) {
            double at = now();
            XDamageSubtract(display, ((XDamageNotifyEvent *)&event)->damage, None, None);
            return at;
        }
    return -1;
}

static void drain(double quiet) {
    double end = now() + 20 * quiet;
    while (now() < end && next_paint(now() + quiet) > 0) {}
}

/* A top-level window of some size: managers reparent, so the client is below their frame. */
static int is_program(Window window) {
    XWindowAttributes a;
    return XGetWindowAttributes(display, window, &a) && a.map_state == IsViewable && a.width >= 300 && a.height >= 200;
}

static int start(double quiet, char **command) {
    XSelectInput(display, DefaultRootWindow(display), SubstructureNotifyMask);
    XSync(display, False);
    double began = now();
    pid_t pid = fork();
    if (pid == 0) {
        close(ConnectionNumber(display));
        execvp(command[0], command);
        _exit(127);
    }
    Window window = None;
    XEvent event;
    while (window == None && wait_event(&event, began + 60000))
        if (event.type == MapNotify && is_program(event.xmap.window)) window = event.xmap.window;
    if (window == None) return fprintf(stderr, "paint: no window\n"), 1;
    double mapped = now(), painted = mapped, at;
    XDamageCreate(display, window, XDamageReportNonEmpty);
    while ((at = next_paint(now() + quiet)) > 0 && at - began < 60000) painted = at;
    printf("mapped %.1f\npainted %.1f\npid %d\nwindow %lu\n", mapped - began, painted - began, (int)pid, window);
    return 0;
}

static int compare(const void *a, const void *b) { return *(double *)a > *(double *)b ? 1 : -1; }

static void turn_wheel(Window window) {
    XWindowAttributes a;
    int x, y;
    Window child;
    if (!XGetWindowAttributes(display, window, &a)) return;
    XTranslateCoordinates(display, window, a.root, a.width / 2, a.height / 2, &x, &y, &child);
    XTestFakeMotionEvent(display, -1, x, y, 0);
    XTestFakeButtonEvent(display, 5, True, 0);
    XTestFakeButtonEvent(display, 5, False, 0);
    XFlush(display);
}

/* The n-th of the keys, which have commas between them. */
static void press(Window window, const char *keys, int n) {
    char copy[256], *key, *rest = copy;
    int count = 1;
    for (const char *c = keys; *c; c++) count += *c == ',';
    snprintf(copy, sizeof copy, "%s", keys);
    for (n %= count; (key = strsep(&rest, ",")) && n > 0; n--) {}
    if (!strcmp(key, "wheel")) return turn_wheel(window);
    KeyCode code = XKeysymToKeycode(display, XStringToKeysym(key));
    XTestFakeKeyEvent(display, code, True, 0);
    XTestFakeKeyEvent(display, code, False, 0);
    XFlush(display);
}

static int times(Window window, double limit, const char *what, int count, int is_key) {
    double *each = calloc(count, sizeof *each);
    XDamageCreate(display, window, XDamageReportNonEmpty);
    for (int i = 0; i < count; i++) {
        drain(150);
        if (is_key) press(window, what, i);
        else if (system(what) != 0) return fprintf(stderr, "paint: %s failed\n", what), 1;
        double began = now(), at = next_paint(began + limit);
        if (at < 0) return fprintf(stderr, "paint: nothing painted in %.0f ms\n", limit), 1;
        each[i] = at - began;
    }
    qsort(each, count, sizeof *each, compare);
    printf("median %.2f\nlargest %.2f\n", each[count / 2], each[count - 1]);
    return 0;
}

/* The program's own window: the one that the manager has put a state on. */
static Window client_of(Window window) {
    Atom state = XInternAtom(display, "WM_STATE", False), type;
    int format;
    unsigned long count = 0, left;
    unsigned char *found = NULL;
    Window root, parent, *children = NULL, client = None;
    if (XGetWindowProperty(display, window, state, 0, 0, False, AnyPropertyType, &type, &format, &count, &left, &found) == Success && type != None) client = window;
    if (found) XFree(found);
    unsigned int n = 0;
    if (client == None && XQueryTree(display, window, &root, &parent, &children, &n))
        for (unsigned int i = 0; i < n && client == None; i++) client = client_of(children[i]);
    if (children) XFree(children);
    return client;
}

int main(int argc, char **argv) {
    int error;
    if (argc < 4 || !(display = XOpenDisplay(NULL)) || !XDamageQueryExtension(display, &damage_event, &error))
        return fprintf(stderr, "paint: usage, or no display with damage\n"), 2;
    XSetErrorHandler(ignore);
    if (!strcmp(argv[1], "start")) return start(atof(argv[2]), argv + 3);
    Window window = strtoul(argv[2], NULL, 0);
    if (argc == 6 && (!strcmp(argv[1], "react") || !strcmp(argv[1], "event")))
        return times(window, atof(argv[3]), argv[4], atoi(argv[5]), argv[1][0] == 'r');
    if (!strcmp(argv[1], "quiet")) {
        int paints = 0;
        double end = now() + atof(argv[3]);
        XDamageCreate(display, window, XDamageReportNonEmpty);
        while (next_paint(end) > 0) paints++;
        printf("paints %d\n", paints);
        return 0;
    }
    if (!strcmp(argv[1], "hide")) {
        Window client = client_of(window);
        if (client == None || !XIconifyWindow(display, client, DefaultScreen(display))) return fprintf(stderr, "paint: no window\n"), 1;
        return XSync(display, False), 0;
    }
    return 2;
}
