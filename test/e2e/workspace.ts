/** Projects outside the repository, with the packed package and a TypeScript of one's choice. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const PLUGIN = '{ "transform": "tapeless/transformer", "transformProgram": true }';

export interface Result {
  code: number;
  /** Standard output and error, without colours. */
  output: string;
}

/** The environment of a user, not of the `npm test` that runs this; the same Node first in the path. */
const env: NodeJS.ProcessEnv = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_(package|lifecycle|config_local|command)|INIT_CWD|NODE_OPTIONS|FORCE_COLOR)/.test(name))),
  PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
  NO_COLOR: '1', npm_config_update_notifier: 'false', npm_config_audit: 'false', npm_config_fund: 'false', npm_config_loglevel: 'error',
};

export function run(cwd: string, command: string, ...args: string[]): Promise<Result> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0;
      resolve({ code, output: stdout + stderr });
    });
  });
}

async function must(cwd: string, command: string, ...args: string[]): Promise<string> {
  const { code, output } = await run(cwd, command, ...args);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${output}`);
  return output;
}

/** A temporary folder with the package and the compiler in node_modules. The package must have been built. */
export class Workspace {
  private constructor(readonly root: string) {}

  static async create(typescript: string, tsPatch: string): Promise<Workspace> {
    const root = await mkdtemp(join(tmpdir(), 'tapeless-e2e-'));
    const packed = await must(repository, 'npm', 'pack', '--ignore-scripts', '--json', '--pack-destination', root);
    const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
    await writeFile(join(root, 'package.json'), '{ "private": true, "type": "module" }');
    await must(root, 'npm', 'install', '--save-dev', join(root, filename), `typescript@${typescript}`, `ts-patch@${tsPatch}`);
    return new Workspace(root);
  }

  async remove(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }

  /** A project in a folder of its own, with the tsconfig that `tsc --init` writes and the plugin's line. */
  async project(name: string, files: Record<string, string> | string, compilerOptions: object = {}): Promise<Project> {
    const project = new Project(join(this.root, name), join(this.root, 'node_modules', '.bin'));
    await mkdir(project.folder, { recursive: true });
    await project.write('package.json', '{ "private": true, "type": "module" }');
    await project.tsc('--init');
    if (typeof files === 'string') await cp(files, project.folder, { recursive: true });
    else for (const [path, text] of Object.entries(files)) await project.write(path, text);
    const options = Object.entries(compilerOptions).map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)},`).join(' ');
    const config = await project.read('tsconfig.json');
    // Later keys win, so what `tsc --init` says of the same options has to go.
    const kept = config.split('\n').filter((line) => !Object.keys(compilerOptions).some((key) => line.trim().startsWith(`"${key}"`))).join('\n');
    await project.write('tsconfig.json', kept.replace('"compilerOptions": {', `"compilerOptions": {\n    "plugins": [${PLUGIN}], ${options}`));
    return project;
  }
}

export class Project {
  constructor(readonly folder: string, private bin: string) {}

  async write(path: string, text: string): Promise<void> {
    const file = join(this.folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }

  read(path: string): Promise<string> {
    return readFile(join(this.folder, path), 'utf8');
  }

  /** Text replaced in a file of the project. */
  async edit(path: string, from: string, to: string): Promise<void> {
    const text = await this.read(path);
    if (!text.includes(from)) throw new Error(`${path} has no ${from}`);
    await this.write(path, text.replace(from, to));
  }

  tspc(...args: string[]): Promise<Result> {
    return run(this.folder, process.execPath, join(this.bin, 'tspc'), ...args);
  }

  tsc(...args: string[]): Promise<Result> {
    return run(this.folder, process.execPath, join(this.bin, 'tsc'), ...args);
  }

  tapeless(...args: string[]): Promise<Result> {
    return run(this.folder, process.execPath, join(this.bin, 'tapeless'), ...args);
  }

  node(...args: string[]): Promise<Result> {
    return run(this.folder, process.execPath, ...args);
  }

  /** `tspc --watch`; `until` waits for output of a compilation that matches, since the last match. */
  watch(): { until: (pattern: RegExp) => Promise<void>; stop: () => void } {
    const child = spawn(process.execPath, [join(this.bin, 'tspc'), '--watch', '--preserveWatchOutput'], { cwd: this.folder, env });
    let output = '';
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    return {
      async until(pattern) {
        for (;;) {
          const match = pattern.exec(output);
          if (match) {
            output = output.slice(match.index + match[0].length);
            return;
          }
          await once(child.stdout, 'data', { signal: AbortSignal.timeout(60_000) }).catch(() => {
            throw new Error(`the watcher has not said ${pattern}:\n${output}`);
          });
        }
      },
      stop: () => child.kill(),
    };
  }
}
