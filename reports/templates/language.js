"use strict";
(() => {
  const page = document.documentElement;
  const button = document.getElementById("language");
  const speak = (language) => { page.lang = language; };
  speak((navigator.language || "en").startsWith("ja") ? "ja" : "en");
  button.hidden = false;
  button.addEventListener("click", () => speak(page.lang === "en" ? "ja" : "en"));
})();
