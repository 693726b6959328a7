import { Worker } from 'node:worker_threads';

/**
 * The process around one evaluating thread. V8 ends the whole process, not the thread, when a single large allocation
 * passes a thread's limit (`[1..10000000]` is enough), hence a process. The evaluation runs in a thread of it, so that
 * this one stays free to notice that the parent is gone, even while an expression loops.
 */
const thread = new Worker(new URL('./thread.ts', import.meta.url), {
  env: {},
  execArgv: [],
  resourceLimits: { maxOldGenerationSizeMb: Number(process.argv[2]), maxYoungGenerationSizeMb: 16, stackSizeMb: 4 },
});

process.on('message', (work) => thread.postMessage(work));
process.on('disconnect', () => process.exit(0));
// Ctrl-C in a terminal reaches the whole group; the parent decides when this process ends.
process.on('SIGINT', () => {});
thread.on('message', (outcome) => process.send?.(outcome));
// Faults of an expression come as messages; what ends the thread is its memory limit.
thread.on('error', () => process.exit(1));
