// SPDX-License-Identifier: MIT OR Apache-2.0
// A driver that, like the one whose name it has, waits for ever for whoever keeps its card when the card is taken from it.
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/pci.h>

static atomic_t keepers = ATOMIC_INIT(0);

void nvidia_keep(void);
void nvidia_let_go(void);

void nvidia_keep(void)
{
	atomic_inc(&keepers);
}
EXPORT_SYMBOL(nvidia_keep);

void nvidia_let_go(void)
{
	atomic_dec(&keepers);
}
EXPORT_SYMBOL(nvidia_let_go);

static int probe(struct pci_dev *card, const struct pci_device_id *id)
{
	return pci_enable_device(card);
}

static void leave(struct pci_dev *card)
{
	while (atomic_read(&keepers)) {
		pr_warn_ratelimited("the card is taken while it is kept\n");
		msleep(100);
	}
	pci_disable_device(card);
}

static const struct pci_device_id cards[] = { { PCI_DEVICE(0x1234, 0x1111) }, {} };

static struct pci_driver nvidia = { .name = "nvidia", .id_table = cards, .probe = probe, .remove = leave };
module_pci_driver(nvidia);

MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("A stand-in for a driver whose modules keep its cards");
