"""The words that announce a recording's class, in many languages, and the rules of where they count."""
