"""From any fitted model to one shallow tree: tables, teachers, what they are asked, what is learnt."""
