"""Reports as one HTML file without script or request: on a phone, on paper, in the dark, read aloud."""
