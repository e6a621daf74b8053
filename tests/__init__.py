"""The suite: mirrors app/, plus house/ for the rules that hold for the whole tree."""
