"""Baskets gathered in chat groups: the day, one basket, its chain, its lists, the trucks."""
