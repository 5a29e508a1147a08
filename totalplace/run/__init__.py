"""Notebooks run for one place or many: whole or not at all, in processes of their own."""
