// Scanning with the camera, where the browser can read barcodes by itself; everything works without it, too.
"use strict";
(() => {
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) return;
  const FORMATS = ["ean_13", "ean_8", "upc_a", "upc_e", "code_128", "code_39", "itf", "qr_code"];

  const enhance = (input) => {
    let video = null, stream = null;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "camera quiet";
    button.textContent = input.dataset.scan;

    const stop = () => {
      stream?.getTracks().forEach((track) => track.stop());
      video?.remove();
      video = stream = null;
      button.textContent = input.dataset.scan;
    };

    const look = async (detector) => {
      if (!video) return;
      const [code] = video.readyState < 2 ? [] : await detector.detect(video).catch(() => []);
      if (!video) return;
      if (!code) return void setTimeout(look, 150, detector);
      stop();
      input.value = code.rawValue;
      input.form.requestSubmit();
    };

    const start = async () => {
      const known = await BarcodeDetector.getSupportedFormats();
      const detector = new BarcodeDetector({ formats: FORMATS.filter((format) => known.includes(format)) });
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video = document.createElement("video");
      video.className = "finder";
      video.muted = video.playsInline = true;
      video.srcObject = stream;
      input.closest(".search").after(video);
      button.textContent = input.dataset.stop;
      await video.play();
      look(detector);
    };

    button.addEventListener("click", () => (stream ? stop() : start().catch(stop)));
    button.addEventListener("keydown", (event) => event.key === "Escape" && stop());
    input.after(button);
  };

  document.querySelectorAll("input[data-scan]").forEach(enhance);
})();
