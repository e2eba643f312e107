// What squeue and sacct say of jobs, and what that means here. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/job.h"

namespace assay {

// A job as Slurm's tools print it; empty where they do not know.
struct SlurmRow {
  std::string id;     // "12", "12_3" for a task, "12_[2-5%2]" for tasks that are still one record
  std::string state;  // "COMPLETED", "CANCELLED by 1000", ...
  std::string exit;   // squeue: the wait status as a number; sacct: "code:signal", or nothing
  std::string nodes;  // "n[1-3,7]"
  std::string submit;
  std::string start;
  std::string end;
  std::string reason;
  std::string name;
};

// The fields that both are asked for, in SlurmRow's order, separated by '|'. A reason holds blanks
// and commas; neither it nor the names that jobs are given here hold a '|'.
extern const char* const k_squeue_format;
extern const char* const k_sacct_format;

// Lines that have fewer fields are left out: warnings find their way into the output.
std::vector<SlurmRow> parse_slurm_rows(std::string_view text);

// The ids of the jobs that the row is about: tasks cancelled while pending stay one record,
// "13_[2-3%2]", in which squeue may show them.
std::vector<std::string> ids_of_row(const SlurmRow& row);

// "n[1-3,07-08]-x,m1" as names.
std::vector<std::string> parse_node_list(std::string_view text);

// How the table sees a state.
enum class SlurmPhase { pending, running, ended, unknown };

// One line of the table of all states that Slurm (20.11 to 25.05) has, as its manuals of squeue and
// sacct list them: what a job in it is, and how an ended one ended.
struct SlurmState {
  std::string_view name;
  SlurmPhase phase;
  EndKind kind;              // of ended ones
  std::string_view meaning;  // for people, where the name is not enough
};
const SlurmState* find_slurm_state(std::string_view state);

// Where the row came from: only squeue's exit is exact, and sacct knows jobs that are no more.
enum class SlurmSource { squeue, sacct };

// The row as a status. A state that the table lacks is unknown, with its name as the reason.
JobStatus slurm_job_status(const SlurmRow& row, SlurmSource source);

// Pending for a reason that never passes by itself: nobody will ever run it.
bool is_stuck(const SlurmRow& row);

// Whether the row is of the job that `job` means: name and time of submission agree.
bool is_row_of(const SlurmRow& row, const JobRef& job);

}  // namespace assay
