"""Tonight as the rooms have planned it, on its way into the engine's twin."""
