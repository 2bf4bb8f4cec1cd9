"""What goes back to a department as files: its refused rows and the conflicts it should settle."""
