/**
 * What the tests of the documentation don't do as it stands there, and why. Whatever is not listed here is run: a new
 * block needs nothing as long as its commands work.
 */

/** All documents but those of the folder docs. */
export const BESIDE_DOCS = [
  "README.md",
  "CONTRIBUTING.md",
  "notebooks/README.md",
  "python/README.md",
  "bench/RESULTS.md",
  "bench/gpu/README.md",
];

/** Indented blocks that hold no commands, by how they begin: what is printed, formulas, pictures. */
export const NO_COMMANDS: Readonly<Record<string, readonly string[]>> = {
  "README.md": ["clean accuracy 96.0%"],
  "CONTRIBUTING.md": ["src/      foundation"],
  "docs/design.md": ["src/      foundation", "bounds ---"],
  "docs/from-cohen.md": ["settings                ", "certified accuracy (%)"],
  "docs/methods.md": [
    "max_i -log p_i[y]",
    "-log mean_i softmax",
    "mean      1/m sum",
    "mean_i -log p_i[y]  +",
    "-log p[y]  +  lambda sigma",
    "x' = (1 - u) x",
    "1/m sum of the k",
    "-log p[y]  -  lambda sum",
  ],
  "docs/models.md": ["  without noise: 96", "  without noise: 8"],
  "docs/noise.md": ["P[J = j]"],
  "docs/python.md": ["100 rows checked", "idx 100: drawn again"],
  "docs/training.md": ["L(x + sigma z)", "L(x', theta) + lambda"],
  "docs/tutorial.md": [
    "4 epochs in",
    "first: runs/first/certify.tsv",
    "certified accuracy (%)",
    "L2 radius ",
    "9, L2 radius",
    "runs/first/certify.tsv",
    "first, sigma 0.5: runs/first/certify.tsv",
  ],
};

/** Documents whose command lines another test runs, since it has the files that they speak of. */
export const RUN_ELSEWHERE: Readonly<Record<string, string>> = {
  "docs/models.md": "test/cli/own-models.test.ts",
};

/** Command lines of smoothcert, by how they begin, that are parsed but not run, and why. */
export const PARSED_ONLY: Readonly<Record<string, string>> = {
  "npx smoothcert engine install": "downloads; test/engine/native-install.test.ts and webgpu-install.test.ts",
  "npx smoothcert serve": "serves until Ctrl-C; test/web/serve.test.ts",
  "smoothcert audit certify.tsv --model digits.onnx": "the page writes this log; test/web/page.test.ts",
  "npx smoothcert train --engine webgpu": "needs a GPU, or a driver in software",
  "smoothcert merge 'model'.*of200.tsv": "a cluster makes its parts; test/slurm/slurm.test.ts",
  "smoothcert worker --models models": "needs a Redis; test/certify/queue/transports.test.ts",
  "smoothcert submit model.onnx --data cifar10:cifar": "needs a Redis; test/certify/queue/transports.test.ts",
  "smoothcert worker --fetch http:": "the one before waits for it on another machine; test/cli/served-files.test.ts",
  "smoothcert worker --queue dir:/shared/queue --train": "trains six networks; test/cli/sweep.test.ts",
  "smoothcert sweep sigma.json --out runs/sigma --queue": "waits for the workers before it",
  "smoothcert submit resnet50.onnx --data folder:imagenet": "needs ImageNet",
  "smoothcert train-lm --data ptb": "a text that may not be passed on, and a network for a graphics processor",
  "smoothcert train --data mnist --model lenet --objective maxup --copies 5": "a measurement of an hour",
  "smoothcert compare runs/maxup-seed": "takes six networks; test/cli/compare.test.ts",
};

/** Command lines of other programs, by how they begin, and why they are not run here. */
export const OTHER_PROGRAMS: Readonly<Record<string, string>> = {
  "npm ci": "what CI does before the tests",
  "npm install": "downloads",
  "sudo apt install": "installs",
  "apt download": "downloads",
  "cd ": "a folder of the reader's",
  "export ": "a folder or an address of the reader's",
  "sbatch ": "needs a cluster; test/slurm/slurm.test.ts",
  "redis-server ": "needs a Redis; test/certify/queue/transports.test.ts",
  "bash bench/gpu.sh": "packs what a GPU needs, minutes",
  "tar xf smoothcert-gpu.tar.xz": "needs a GPU",
  "bash notebooks/execute.sh": "minutes, and downloads",
  "notebooks/.venv/bin/": "what notebooks/execute.sh makes",
  "python3 python/bundle.py": "makes the wheel, a minute",
  "python3 -m pip": "downloads",
  "python3 -m smoothcert.verify": "test/python-verifier.test.ts",
  "python3 -m venv": "downloads",
  ".venv/bin/python -m pytest": "python/tests",
};

/** Where each fenced block of Python is executed. */
export const PYTHON: Readonly<Record<string, string>> = {
  "docs/python.md": "python/tests/test_package.py",
  "docs/models.md": "python/tests/test_documentation.py",
  "python/README.md": "python/tests/test_documentation.py",
};

/** The files of a document's JSON blocks, in their order. */
export const JSON_FILES: Readonly<Record<string, readonly string[]>> = {
  "docs/recipes.md": ["mine.json", "sigma.json"],
  "docs/report.md": ["policy.json"],
};

/** What is appended to a command line of this form so that it takes a moment; later options win over earlier ones. */
export const SMALLER: readonly (readonly [form: RegExp, words: string])[] = [
  [/^train (?!.*--resume)/, "--model linear --limit 300 --epochs 1 --engine wasm"],
  [/^train .*--validate/, "--validate 20"],
  [/^(certify|submit) /, "--n 2000 --skip 1 --max 4 --threads 1"],
  [/^audit /, "--redraw 1 --threads 1"],
  [/^attack /, "--images 1 --votes 200 --copies 20 --steps 2 --threads 1"],
  [/^quantize /, "--images 20 --check 0"],
  [/^sweep /, "--dry-run"],
  [/^train-lm /, "--embedding 6 --hidden 8 --batch 4 --bptt 10 --epochs 1 --engine cpu"],
  [/^evaluate-lm /, "--engine cpu"],
  [/^generate /, "--length 10 --engine cpu"],
  [/^worker /, "--until-idle 1 --threads 1"],
];

/** Exit codes of a command that works; 0 where none is given. */
export const EXIT_CODES: Readonly<Record<string, readonly number[]>> = { gate: [0, 3, 4] };

/** What is replaced in a snippet so that it takes a moment. */
export const SMALLER_SNIPPETS: Readonly<Record<string, readonly (readonly [text: string, by: string])[]>> = {
  "docs/language-models.md": [["epochs: 10", "epochs: 1, embedding: 6, hidden: 8, batch: 4, bptt: 10"]],
};
