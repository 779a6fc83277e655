"use strict";
(() => {
  const page = document.documentElement;
  const button = document.getElementById("language");
  const speak = (language) => { page.lang = language; };
  speak((navigator.language || "en").startsWith("ja") ? "ja" : "en");
  button.hidden = false;
  button.addEventListener("click", () => speak(page.lang === "en" ? "ja" : "en"));

  const controls = document.getElementById("controls");
  const search = document.getElementById("search");
  const rows = [...document.querySelectorAll(".requirement")];
  const words = rows.map((row) => row.querySelector("summary").textContent.toLowerCase() + row.id.toLowerCase());
  const show = () => {
    const wanted = search.value.trim().toLowerCase();
    const kinds = new Set([...controls.querySelectorAll(":checked")].map((box) => box.value));
    rows.forEach((row, i) => { row.hidden = !words[i].includes(wanted) || ![...row.classList].some((c) => kinds.has(c)); });
    document.querySelectorAll(".chapter").forEach((chapter) => { chapter.hidden = !chapter.querySelector(".requirement:not([hidden])"); });
  };
  controls.hidden = false;
  controls.addEventListener("input", show);
})();
