"""Small domain-free pieces that both apps use; imports nothing of ours."""
