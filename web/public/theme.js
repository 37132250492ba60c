// The chosen colours, before anything is painted.
try {
  const theme = localStorage.getItem("pycm.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // a private window may refuse; then the system's colours are used
}
