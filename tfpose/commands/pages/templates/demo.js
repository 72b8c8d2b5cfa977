"use strict";
// Looks at photos, and at frames of videos and cameras, which the browser decodes: the server is sent single pictures.
// An entry of the JSON is one picture: `image`, for frames `frame` and `time`, and `answers`, one per model.

const settings = JSON.parse(document.getElementById("settings").textContent);
const RATE = 10; // Frames of a video that are looked at, per second.
const MAX_FRAMES = 3000; // Of a video or camera: five minutes at that rate.
const LONGEST_SIDE = 1280; // Of frames that are sent, in pixels; networks are shown fewer.
const OUTLINE = "rgb(25, 25, 30)";
const element = (id) => document.getElementById(id);

const panels = settings.models.map(makePanel);
let entries = [];
let shown = null; // {picture, entry}: what the canvases show.
let film = null; // The video that can be played after it was looked at.
let current = 0; // Number of the source; what belongs to an earlier one is dropped.
let release = () => {}; // Ends the camera or frees the video of the current source.

function makePanel(model) {
  const figure = element("panel").content.cloneNode(true).firstElementChild;
  const [people, keypoints] = figure.querySelectorAll("input");
  const panel = { model, figure, people, keypoints, canvas: figure.querySelector("canvas"), most: 0 };
  figure.querySelector("h3").textContent = model.name;
  const remark = model.calibrated ? "Scores are probabilities." : "Scores are raw, without calibration.";
  figure.querySelector(".remark").textContent = remark;
  setRange(panel, model.calibrated ? 1 : 0.01);
  people.value = model.min_score;
  for (const input of [people, keypoints]) input.addEventListener("input", draw);
  element("panels").append(figure);
  element("panels").classList.toggle("two", settings.models.length > 1);
  return panel;
}

function setRange(panel, most) {
  panel.most = most;
  for (const input of [panel.people, panel.keypoints]) {
    input.max = most;
    input.step = most / 200;
  }
}

// Raw scores have no upper limit: the sliders reach up to the highest seen.
function widen(panel, answer) {
  if (panel.model.calibrated) return;
  const scores = answer.people.flatMap((person) => Object.values(person.keypoints).map((point) => point[2]));
  const most = Math.max(0, ...scores);
  if (most > panel.most) setRange(panel, most);
}

// Sources

async function begin(work) {
  const own = ++current;
  release();
  release = () => {};
  film = shown = null;
  entries = [];
  for (const id of ["error", "player", "result", "progress", "stop"]) element(id).hidden = true;
  setState("working", "Looking …");
  try {
    await work(() => own === current);
    if (own === current && document.body.dataset.state === "working") setState("done", "");
  } catch (error) {
    if (own !== current) return;
    release();
    element("stop").hidden = element("progress").hidden = true;
    element("error").textContent = error.message;
    element("error").hidden = false;
    setState("failed", "");
  }
}

function setState(state, text) {
  document.body.dataset.state = state;
  element("status").textContent = text;
}

function open(file) {
  const isVideo = file.type.startsWith("video/");
  begin((isCurrent) => (isVideo ? lookAtVideo(file, isCurrent) : lookAtPhoto(file, isCurrent)));
}

async function lookAtPhoto(file, isCurrent) {
  if (file.size > settings.max_bytes) {
    throw new Error(`${file.name}: more than ${settings.max_bytes.toLocaleString("en")} bytes, see --max_bytes.`);
  }
  const answers = await ask(file).catch((error) => {
    throw new Error(`${file.name}: ${error.message}`);
  });
  const picture = await createImageBitmap(file).catch(() => null); // Such as TIFF, which only the server reads.
  if (!isCurrent()) return;
  entries = [{ image: file.name, answers }];
  show(picture, entries[0]);
  setState("done", picture ? "" : "The browser cannot show this format; the people are right.");
}

async function lookAtVideo(file, isCurrent) {
  const video = document.createElement("video");
  video.muted = video.playsInline = true;
  video.preload = "auto";
  video.src = URL.createObjectURL(file);
  release = () => URL.revokeObjectURL(video.src);
  await happened(video, "loadeddata").catch(() => {
    throw new Error(`${file.name}: no video that this browser plays; \`tfpose predict\` reads more.`);
  });
  if (!Number.isFinite(video.duration)) await seek(video, 1e6); // Recordings of browsers do not state it.
  const count = Math.max(1, Math.floor(video.duration * RATE + 1e-6));
  const stop = stoppable();
  element("progress").hidden = false;
  for (let frame = 0; frame < Math.min(count, MAX_FRAMES) && !stop.asked; frame++) {
    const time = frame / RATE;
    await seek(video, time);
    if (!isCurrent()) return;
    await lookAtFrame(video, { image: file.name, frame, time }, isCurrent);
    if (!isCurrent()) return;
    element("progress").value = (frame + 1) / count;
    setState("working", `Frame ${frame + 1} of ${count}`);
  }
  element("stop").hidden = element("progress").hidden = true;
  film = video;
  element("seek").max = entries.at(-1).time;
  element("player").hidden = false;
  updateTime();
  setState("done", entries.length < count ? `The first ${entries.length} of ${count} frames.` : `${count} frames.`);
}

async function lookAtCamera(isCurrent) {
  const video = document.createElement("video");
  video.muted = video.playsInline = true;
  const stream = await navigator.mediaDevices.getUserMedia({ video: true }).catch((error) => {
    throw new Error(`The camera cannot be used: ${error.message}.`);
  });
  const end = () => stream.getTracks().forEach((track) => track.stop());
  if (!isCurrent()) return end();
  release = end;
  video.srcObject = stream;
  await video.play();
  const stop = stoppable();
  const start = performance.now();
  for (let frame = 0; isCurrent() && !stop.asked; frame++) {
    const now = performance.now();
    const time = Math.round(now - start) / 1000;
    await lookAtFrame(video, { image: "camera", frame, time }, isCurrent);
    if (!isCurrent()) return;
    if (entries.length > MAX_FRAMES) entries.shift();
    setState("working", `${(1000 / (performance.now() - now)).toFixed(1)} frames/s`);
  }
  end();
  element("stop").hidden = true;
  setState("done", `The last ${entries.length} frames are in the JSON.`);
}

// Frames are sent smaller than they are; the answers are brought back to pixels of the video.
async function lookAtFrame(video, entry, isCurrent) {
  const { videoWidth: width, videoHeight: height } = video;
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  const picture = document.createElement("canvas");
  picture.width = Math.round(width * scale);
  picture.height = Math.round(height * scale);
  picture.getContext("2d").drawImage(video, 0, 0, picture.width, picture.height);
  const answers = await ask(await new Promise((resolve) => picture.toBlob(resolve, "image/jpeg", 0.92)));
  if (!isCurrent()) return;
  const [across, down] = [width / picture.width, height / picture.height];
  const round = (value) => Math.round(value * 1000) / 1000;
  for (const answer of answers) {
    Object.assign(answer, { width, height });
    for (const person of answer.people) {
      for (const [name, [x, y, score]] of Object.entries(person.keypoints)) {
        if (score > 0) person.keypoints[name] = [round((x + 0.5) * across - 0.5), round((y + 0.5) * down - 0.5), score];
      }
    }
  }
  entries.push({ ...entry, answers });
  show(picture, entries.at(-1));
}

function ask(picture) {
  return Promise.all(settings.models.map((_, number) => askOne(picture, number)));
}

async function askOne(picture, number) {
  const headers = { "Content-Type": "application/octet-stream" };
  const reply = await fetch(`/people?model=${number}`, { method: "POST", headers, body: picture }).catch(() => {
    throw new Error("The server does not answer; is `tfpose demo` still running?");
  });
  const answer = await reply.json();
  if (!reply.ok) throw new Error(answer.error);
  return answer;
}

function stoppable() {
  const stop = { asked: false };
  element("stop").hidden = false;
  element("stop").onclick = () => (stop.asked = true);
  return stop;
}

function happened(target, name) {
  return new Promise((resolve, reject) => {
    target.addEventListener(name, resolve, { once: true });
    target.addEventListener("error", reject, { once: true });
  });
}

function seek(video, time) {
  const done = happened(video, "seeked");
  video.currentTime = time;
  return done;
}

// Drawing

function show(picture, entry) {
  shown = { picture, entry };
  element("result").hidden = false;
  panels.forEach((panel, number) => widen(panel, entry.answers[number]));
  draw();
}

function draw() {
  for (const panel of panels) {
    for (const input of [panel.people, panel.keypoints]) {
      const digits = panel.most < 0.1 ? 4 : 2;
      input.parentElement.querySelector("output").textContent = Number(input.value).toFixed(digits);
    }
  }
  if (!shown) return;
  panels.forEach((panel, number) => drawPanel(panel, shown.picture, shown.entry.answers[number]));
}

function drawPanel(panel, picture, answer) {
  const { canvas } = panel;
  if (canvas.width !== answer.width || canvas.height !== answer.height) {
    [canvas.width, canvas.height] = [answer.width, answer.height];
  }
  const context = canvas.getContext("2d");
  context.fillStyle = "rgb(60, 62, 70)";
  context.fillRect(0, 0, canvas.width, canvas.height);
  if (picture) context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const people = chosen(panel, answer);
  for (const person of people) drawPerson(context, person, panel);
  const text = ["nobody", "1 person"][people.length] ?? `${people.length} people`;
  const scores = people.length ? ` of score ${people.map((person) => person.score.toFixed(2)).join(", ")}` : "";
  const summary = `${text}${scores}; ${Math.round(1000 * answer.seconds)} ms.`;
  panel.figure.querySelector(".summary").textContent = summary;
  canvas.setAttribute("aria-label", `${panel.model.name}: ${text}${scores}`);
}

function chosen(panel, answer) {
  const least = Number(panel.people.value);
  return answer.people.filter((person) => {
    return person.score >= least && Object.values(person.keypoints).some((point) => point[2] > 0);
  });
}

// As `tfpose.visualize` draws, with the width of lines by the size of the person.
function drawPerson(context, person, { model, keypoints }) {
  const least = Number(keypoints.value);
  const points = model.keypoints
    .map((keypoint) => ({ ...keypoint, at: person.keypoints[keypoint.name] }))
    .filter(({ at }) => at[2] > 0 && at[2] >= least);
  if (!points.length) return;
  const extent = Math.max(...[0, 1].map((axis) => {
    const along = points.map(({ at }) => at[axis]);
    return Math.max(...along) - Math.min(...along);
  }), 0.1 * Math.min(context.canvas.width, context.canvas.height));
  const width = Math.max(1.5, extent / 45);
  const byName = new Map(points.map((point) => [point.name, point]));
  const limbs = model.limbs
    .map(({ ends, colour }) => ({ colour, ends: ends.map((name) => byName.get(name)) }))
    .filter(({ ends }) => ends[0] && ends[1]);
  context.lineCap = "round";
  for (const border of [width, 0]) {
    for (const { ends: [a, b], colour } of limbs) {
      context.strokeStyle = border ? OUTLINE : colour;
      context.lineWidth = width * Math.min(a.size, b.size) + border;
      context.beginPath();
      context.moveTo(a.at[0] + 0.5, a.at[1] + 0.5); // A canvas counts from the corner of the first pixel.
      context.lineTo(b.at[0] + 0.5, b.at[1] + 0.5);
      context.stroke();
    }
  }
  for (const { at, size, colour } of points) {
    for (const border of [width / 2, 0]) {
      context.fillStyle = border ? OUTLINE : colour;
      context.beginPath();
      context.arc(at[0] + 0.5, at[1] + 0.5, (0.9 * width + 0.5) * size + border, 0, 2 * Math.PI);
      context.fill();
    }
  }
}

// Player

function updateTime() {
  element("time").textContent = `${film.currentTime.toFixed(1)} s`;
}

function entryAt(time) {
  return entries[Math.min(entries.length - 1, Math.max(0, Math.round(time * RATE)))];
}

function playOn() {
  if (!film) return;
  show(film, entryAt(film.currentTime));
  element("seek").value = film.currentTime;
  updateTime();
  const isOver = film.ended || film.currentTime > entries.at(-1).time + 1 / RATE;
  if (isOver) film.pause();
  element("play").textContent = film.paused ? "Play" : "Pause";
  if (!film.paused) requestAnimationFrame(playOn);
}

element("play").addEventListener("click", async () => {
  if (!film.paused) return film.pause();
  if (film.ended || film.currentTime >= entries.at(-1).time) await seek(film, 0);
  await film.play();
  playOn();
});

element("seek").addEventListener("input", async (event) => {
  film.pause();
  await seek(film, Number(event.target.value));
  playOn();
});

// The form of people.json of `tfpose predict`, with the name of the model.
function download() {
  const rows = entries.flatMap(({ answers, ...entry }) =>
    answers.map((answer, number) => {
      const { model } = panels[number];
      return { ...entry, model: model.name, ...model.shown, people: chosen(panels[number], answer) };
    }),
  );
  const text = `[\n${rows.map((row) => JSON.stringify(row)).join(",\n")}\n]\n`;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = "people.json";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// Input

const drop = element("drop");
for (const name of ["dragover", "dragleave", "drop"]) {
  window.addEventListener(name, (event) => {
    event.preventDefault(); // Else the browser opens the file in place of the page.
    drop.classList.toggle("over", name === "dragover");
    if (name === "drop" && event.dataTransfer.files.length) open(event.dataTransfer.files[0]);
  });
}
element("file").addEventListener("change", (event) => {
  if (event.target.files.length) open(event.target.files[0]);
  event.target.value = ""; // So that the same file can be chosen again.
});
element("camera").addEventListener("click", () => begin(lookAtCamera));
element("download").addEventListener("click", download);
setState("idle", "");
draw();
