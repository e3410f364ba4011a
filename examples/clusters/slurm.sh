#!/bin/bash
# HumanEval, 20 samples a task, on 16 nodes: sbatch examples/clusters/slurm.sh MODEL
#SBATCH --job-name=codeeval
#SBATCH --array=1-16
#SBATCH --cpus-per-task=8
#SBATCH --mem=16G
#SBATCH --time=02:00:00
#SBATCH --output=codeeval-%A-%a.log
set -euo pipefail

model=${1:?"which model? For example openai:NAME@http://HOST:8000/v1"}

# bubblewrap needs no daemon and no root, only user namespaces: `codeeval doctor` states whether a node has them.
# The same command resumes, so a requeued task loses nothing.
srun codeeval run humaneval --model "$model" --n 20 \
    --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" \
    --sandbox bubblewrap --workers "$SLURM_CPUS_PER_TASK" \
    --out "runs/humaneval/$SLURM_ARRAY_TASK_ID" --quiet

# When all have ended: codeeval merge runs/humaneval/* --out runs/humaneval-merged
