"""What no input can see: splits, branches and trees that go by proof."""
