"""Ways to people and places outside: each takes an item of `report.notices`, and raises where it did not arrive."""
