"""Static pages about contracts, deliveries and departments: nothing is loaded from anywhere, nothing runs."""
