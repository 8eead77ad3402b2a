"""What is stored of runs, under the names that existing packages import."""
