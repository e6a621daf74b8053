"""What every other package stands on: errors, registry, randomness, runtime policy, pictures and files."""
