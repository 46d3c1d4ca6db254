// SPDX-License-Identifier: MIT OR Apache-2.0
#include <linux/module.h>

void nvidia_keep(void);
void nvidia_let_go(void);
void nvidia_modeset(void);

void nvidia_modeset(void)
{
}
EXPORT_SYMBOL(nvidia_modeset);

static int __init begin(void)
{
	nvidia_keep();
	return 0;
}

static void __exit end(void)
{
	nvidia_let_go();
}

module_init(begin);
module_exit(end);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("A stand-in for a module that keeps its driver's cards");
