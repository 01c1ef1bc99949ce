"""Trees grown on soft targets: what distillation fits to a teacher's answers."""
