"""What the night needs from the rooms below serving: deliveries, matrix, champion, registers."""
