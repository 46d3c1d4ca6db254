// SPDX-License-Identifier: MIT OR Apache-2.0
#include <linux/module.h>

static bool modeset = true;
module_param(modeset, bool, 0444);
MODULE_PARM_DESC(modeset, "whether cards are kept");

void nvidia_modeset(void);

static int __init begin(void)
{
	nvidia_modeset();
	return 0;
}

static void __exit end(void)
{
}

module_init(begin);
module_exit(end);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("A stand-in for a module that is built on one that keeps cards");
