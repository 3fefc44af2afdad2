"""The post library, organic evidence and lanes."""
