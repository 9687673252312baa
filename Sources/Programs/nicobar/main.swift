print("being furnished")
