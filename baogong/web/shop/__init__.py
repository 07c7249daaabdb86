"""Shops: a merchant’s own pages, the open pages people order by, and what the district’s office sees to."""
