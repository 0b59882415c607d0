try {
  const chosen = localStorage.getItem("nexus.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // Storage can be blocked; the system's preference then decides.
}
