"""Engines. Each module is imported only when its engine is wanted."""
