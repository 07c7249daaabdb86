"""What stands on paper: a waybill's lines as hands count them, and the sheets that are printed."""
