// The same dots drawn by a real graphics card.

const VERTEX = `#version 300 es
in vec2 place; in vec4 shade;
uniform vec2 scale, shift; uniform float size; uniform bool strong;
out vec4 colour;
void main() {
  bool drawn = (shade.a > 0.498) == strong;
  gl_Position = drawn ? vec4(place * scale + shift, 0.0, 1.0) : vec4(2.0, 2.0, 2.0, 1.0);
  gl_PointSize = size + 1.0;
  colour = shade;
}`;

const FRAGMENT = `#version 300 es
precision highp float;
in vec4 colour; uniform float size; out vec4 pixel;
void main() {
  float distance = length(gl_PointCoord - 0.5) * (size + 1.0);
  float cover = clamp(size * 0.5 - distance + 0.5, 0.0, 1.0) * colour.a;
  pixel = vec4(colour.rgb * cover, cover);
}`;

const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

export class WebglPainter {
  /** Raises where WebGL2 is missing, or emulated by the CPU unless `anyDevice`. */
  constructor({ anyDevice = false, lost }) {
    this.kind = "gpu";
    this.canvas = document.createElement("canvas");
    this.gl = this.canvas.getContext("webgl2", { antialias: false, alpha: false });
    if (!this.gl) throw new Error("this browser has no WebGL2");
    const info = this.gl.getExtension("WEBGL_debug_renderer_info");
    const device = this.gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : this.gl.RENDERER);
    if (!anyDevice && SOFTWARE.test(device)) throw new Error(`${device} is no graphics card`);
    this.canvas.addEventListener("webglcontextlost", lost);
    this.program = link(this.gl);
    this.places = this.#attribute("place", 2, this.gl.FLOAT, false);
    this.colours = this.#attribute("shade", 4, this.gl.UNSIGNED_BYTE, true);
    this.gl.enable(this.gl.BLEND);
    this.gl.blendFunc(this.gl.ONE, this.gl.ONE_MINUS_SRC_ALPHA);
  }

  #attribute(name, width, type, normalised) {
    const { gl } = this;
    const buffer = gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    const location = gl.getAttribLocation(this.program, name);
    gl.enableVertexAttribArray(location);
    gl.vertexAttribPointer(location, width, type, normalised, 0, 0);
    return buffer;
  }

  load(grid) {
    this.length = grid.length;
    this.#upload(this.places, grid.xy);
  }

  shade(shades) {
    this.#upload(this.colours, new Uint8Array(shades.buffer));
  }

  #upload(buffer, values) {
    this.gl.bindBuffer(this.gl.ARRAY_BUFFER, buffer);
    this.gl.bufferData(this.gl.ARRAY_BUFFER, values, this.gl.STATIC_DRAW);
  }

  resize(width, height) {
    this.canvas.width = width;
    this.canvas.height = height;
  }

  /** Takes the same frame as RasterPainter; a graphics card needs no stride. */
  draw({ camera, ratio, radius, background, blank }) {
    const { gl } = this;
    const [x, y] = [(2 * camera.scale) / camera.width, (2 * camera.scale) / camera.height];
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.clearColor(...background.map((channel) => channel / 255), 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    if (blank) return;
    gl.uniform2f(this.#uniform("scale"), x, y);
    gl.uniform2f(this.#uniform("shift"), -camera.x * x, -camera.y * y);
    gl.uniform1f(this.#uniform("size"), 2 * radius * ratio);
    for (const strong of [0, 1]) {
      gl.uniform1i(this.#uniform("strong"), strong);
      gl.drawArrays(gl.POINTS, 0, this.length);
    }
  }

  #uniform(name) {
    return this.gl.getUniformLocation(this.program, name);
  }
}

function link(gl) {
  const program = gl.createProgram();
  gl.attachShader(program, compile(gl, gl.VERTEX_SHADER, VERTEX));
  gl.attachShader(program, compile(gl, gl.FRAGMENT_SHADER, FRAGMENT));
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
  gl.useProgram(program);
  return program;
}

function compile(gl, type, source) {
  const shader = gl.createShader(type);
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
  return shader;
}
