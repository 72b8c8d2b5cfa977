"""What the commands share: their flags, console output, output files and run folders."""
