"""What runs over rows and trees at the speed of the machine: arrays in, arrays out."""
