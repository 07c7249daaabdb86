"""Givers and consignors, by private link: gift, where it is, signed."""
