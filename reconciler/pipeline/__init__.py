"""What a pipeline is: views, canonical form, secrets, schema. Pure."""
