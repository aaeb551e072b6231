"""How many of each product there are, and who has reserved them."""
