#include "launch/slurm_script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "slurm_sample.h"

namespace assay {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

SlurmJobSettings job_of(const std::string& site, const Workload& workload) {
  return job_settings(read_slurm_settings(slurm_config(site)), workload);
}

std::string batch(const std::string& site, const Workload& workload = slurm_workload()) {
  return slurm_batch_script(slurm_batch_options(job_of(site, workload), workload), workload);
}

std::string job(const std::string& site, const Workload& workload = slurm_workload(),
                seconds lease = seconds(0)) {
  return slurm_job_script(job_of(site, workload), workload, lease);
}

TEST(SlurmScript, TheHeaderSaysEverythingThatWasAskedFor) {
  auto workload = slurm_workload();
  workload.nodes = 2;
  workload.gpus_per_node = 8;
  workload.excluded_nodes = {"n7", "n9"};
  const auto text = batch(
      "partition: batch\naccount: proj\nqos: high\nconstraint: a100&ib\nreservation: r1\n"
      "comment: nightly\nexclusive: true\nntasks_per_node: 8\n"
      "flags: {mem: 0, nice: 100, contiguous: true, spread-job: false, deadline: now+42hours}",
      workload);
  EXPECT_EQ(text,
            "#!/bin/sh\n"
            "#SBATCH --job-name=case.abcdefghij\n"
            "#SBATCH --comment=\"nightly assay abcdefghij\"\n"
            "#SBATCH --partition=batch\n"
            "#SBATCH --account=proj\n"
            "#SBATCH --qos=high\n"
            "#SBATCH --constraint=\"a100&ib\"\n"
            "#SBATCH --reservation=r1\n"
            "#SBATCH --nodes=2\n"
            "#SBATCH --ntasks-per-node=8\n"
            "#SBATCH --gpus-per-node=8\n"
            "#SBATCH --time=0-00:02:00\n"
            "#SBATCH --exclusive\n"
            "#SBATCH --exclude=n7,n9\n"
            "#SBATCH --no-requeue\n"
            "#SBATCH --open-mode=append\n"
            "#SBATCH --export=ALL\n"
            "#SBATCH --mem=0\n"
            "#SBATCH --nice=100\n"
            "#SBATCH --contiguous\n"
            "#SBATCH --deadline=now+42hours\n"
            "#SBATCH --chdir=\"/shared/work dir/run/case/1\"\n"
            "#SBATCH --output=\"/shared/work dir/run/case/1/stdout.log\"\n"
            "#SBATCH --error=\"/shared/work dir/run/case/1/stderr.log\"\n"
            "cd \"/shared/work dir/run/case/1\" || exit 1\n"
            "tries=0\n"
            "until [ -r job.sh ] || [ $tries -ge 60 ]; do tries=$((tries + 1)); sleep 1; done\n"
            "exec /bin/sh ./job.sh\n");
}

TEST(SlurmScript, ARecipeAdjustsWhatTheSiteSays) {
  auto workload = slurm_workload();
  workload.settings = yaml_map(
      "ntasks_per_node: 4\nnodes: 3\nrequeue: true\nadditional_flags: {nice: 5, mem: 1G}\n");
  const auto text = batch("partition: batch\nflags: {nice: 100}", workload);
  EXPECT_THAT(text, HasSubstr("--ntasks-per-node=4\n"));
  EXPECT_THAT(text, HasSubstr("--nodes=3\n"));
  EXPECT_THAT(text, HasSubstr("#SBATCH --requeue\n"));
  EXPECT_THAT(text, HasSubstr("--nice=5\n"));
  EXPECT_THAT(text, Not(HasSubstr("--nice=100")));
  EXPECT_THAT(text, HasSubstr("--mem=1G\n"));
}

TEST(SlurmScript, GresStandsForGpusWhereTheSiteSaysSo) {
  auto workload = slurm_workload();
  workload.gpus_per_node = 2;
  EXPECT_THAT(batch("gres: 'gpu:a100:{gpus}'", workload), HasSubstr("--gres=gpu:a100:2\n"));
  EXPECT_THAT(batch("gres: none", workload), Not(HasSubstr("gpu")));
}

TEST(SlurmScript, APercentSignInADirectoryIsNoPattern) {
  auto workload = slurm_workload();
  workload.directory = "/w/100%job";
  EXPECT_THAT(batch("", workload), HasSubstr("--output=/w/100%%job/stdout.log\n"));
  EXPECT_THAT(batch("", workload), HasSubstr("--chdir=/w/100%job\n"));
}

TEST(SlurmScript, AnArraysTasksFindTheirDirectoriesByLinks) {
  std::vector<Workload> workloads(3, slurm_workload());
  for (int i = 0; i < 3; ++i) {
    workloads[static_cast<std::size_t>(i)].token = "token" + std::to_string(i);
    workloads[static_cast<std::size_t>(i)].directory = "/w/case" + std::to_string(i);
  }
  const auto text = slurm_array_script(
      slurm_array_options(job_of("", workloads[0]), workloads, "batch1"), workloads, "batch1");
  EXPECT_THAT(text, HasSubstr("--job-name=assay.batch1\n"));
  EXPECT_THAT(text, HasSubstr("--array=0-2\n"));
  EXPECT_THAT(text, HasSubstr("--output=/w/case0/array.batch1/%a/stdout.log\n"));
  EXPECT_THAT(text, HasSubstr("cd \"/w/case0/array.batch1/$SLURM_ARRAY_TASK_ID\" || exit 1\n"));
  EXPECT_EQ(slurm_array_map(workloads), "token0\t/w/case0\ntoken1\t/w/case1\ntoken2\t/w/case2\n");
}

TEST(SlurmScript, NamesEndInTheTokenHoweverLongTheyAre) {
  auto workload = slurm_workload();
  workload.name = std::string(500, 'x');
  const auto name = slurm_job_name(workload);
  EXPECT_EQ(name.size(), 200U);
  EXPECT_TRUE(is_slurm_name_of(name, "abcdefghij"));
  EXPECT_FALSE(is_slurm_name_of(name, "bcdefghij"));
  EXPECT_TRUE(is_slurm_name_of(slurm_array_name("batch"), "batch"));
}

TEST(SlurmScript, TimesAreInWholeMinutesRoundedUp) {
  EXPECT_EQ(slurm_time(seconds(1)), "0-00:01:00");
  EXPECT_EQ(slurm_time(seconds(3600)), "0-01:00:00");
  EXPECT_EQ(slurm_time(seconds(2 * 86400 + 3 * 3600 + 4 * 60 + 5)), "2-03:05:00");
}

TEST(SlurmScript, AJobOfOneTaskRunsItsScriptItself) {
  const auto text = job("");
  EXPECT_THAT(text, HasSubstr("\nbash script.sh\nfinish \"$?\"\n"));
  EXPECT_THAT(text, Not(HasSubstr("srun ")));
  EXPECT_THAT(text, HasSubstr("export SECRET='it'\\''s'\n"));
  EXPECT_THAT(text, HasSubstr("export SLURM_EXPORT_ENV=ALL\n"));
}

TEST(SlurmScript, AJobWithoutGpusSeesNone) {
  EXPECT_THAT(job(""), HasSubstr("export CUDA_VISIBLE_DEVICES='' ROCR_VISIBLE_DEVICES=''\n"));
  auto workload = slurm_workload();
  workload.gpus_per_node = 1;
  EXPECT_THAT(job("", workload), Not(HasSubstr("export CUDA_VISIBLE_DEVICES")));
  EXPECT_THAT(job("", workload), HasSubstr("nvidia-smi"));
}

TEST(SlurmScript, TheGpusOfAJobAreSampledWhileItsScriptRuns) {
  EXPECT_THAT(job(""), Not(HasSubstr("gpu_samples.csv")));
  auto workload = slurm_workload();
  workload.gpus_per_node = 1;
  const auto text = job("", workload);
  EXPECT_THAT(text, HasSubstr(" >gpu_samples.csv 2>/dev/null </dev/null &\n"));
  EXPECT_THAT(text, HasSubstr("kill \"$assay_sampler\" 2>/dev/null\n  printf '%s\\n' \"$1\" >"));
  EXPECT_LT(text.find("gpu_samples.csv"), text.find("bash script.sh"));
}

TEST(SlurmScript, SeveralTasksRunInOneStepUnlessTheScriptDoesItsOwn) {
  auto workload = slurm_workload();
  workload.nodes = 2;
  workload.script_setup = "pip list";
  const auto text = job("srun_flags: {mpi: pmix, label: true}", workload);
  EXPECT_THAT(text,
              HasSubstr("\nsrun --kill-on-bad-exit=1 --mpi=pmix --label sh ./step.sh\ncode=$?"));
  EXPECT_THAT(text, HasSubstr("\nsrun --kill-on-bad-exit=1 --ntasks=2 --ntasks-per-node=1 "
                              "--mpi=pmix --label bash setup.sh\ncode=$?"));
  workload.settings = yaml_map("launch: script");
  EXPECT_THAT(job("", workload), HasSubstr("\nbash script.sh\nfinish"));
  EXPECT_THAT(job("", workload), HasSubstr("--ntasks-per-node=1 bash setup.sh\n"));
}

TEST(SlurmScript, TheFirstFailureOfAStepIsItsExitCode) {
  auto workload = slurm_workload();
  workload.nodes = 2;
  EXPECT_THAT(job("", workload), HasSubstr("[ ! -s .first_failure ] || code=$(cat .first_failure)\n"
                                           "finish \"$code\"\n"));
  EXPECT_THAT(slurm_step_script(job_of("", workload), workload),
              HasSubstr("bash script.sh\ncode=$?\n"));
}

TEST(SlurmScript, PyxisGetsImageMountsAndWorkDirectory) {
  auto workload = slurm_workload();
  workload.image = "nvcr.io/nvidia/pytorch:24.01-py3";
  workload.mounts = {{"/m", "/models"}, {"/data", "/lustre/data"}};
  const auto text = job("container: pyxis\nno_container_mount_home: true", workload);
  EXPECT_THAT(
      text, HasSubstr("\nsrun --kill-on-bad-exit=1 "
                      "'--container-image=nvcr.io#nvidia/pytorch:24.01-py3' "
                      "'--container-mounts=/shared/work dir/run/case/1:/shared/work dir/run/case/1,"
                      "/models:/m,/lustre/data:/data' "
                      "'--container-workdir=/shared/work dir/run/case/1' --no-container-mount-home "
                      "sh ./step.sh\n"));
}

TEST(SlurmScript, ANamedPyxisContainerKeepsWhatTheSetUpInstalled) {
  auto workload = slurm_workload();
  workload.image = "image";
  workload.script_setup = "pip install x";
  EXPECT_THAT(job("container: pyxis", workload),
              HasSubstr("--container-name=assay-abcdefghij bash setup.sh"));
}

TEST(SlurmScript, ApptainerRunsInTheStep) {
  auto workload = slurm_workload();
  workload.image = "nvcr.io/nvidia/pytorch:24.01-py3";
  workload.gpus_per_node = 1;
  EXPECT_THAT(job("container: apptainer", workload),
              HasSubstr("\nsrun --kill-on-bad-exit=1 apptainer exec --nv --bind "));
  EXPECT_THAT(job("container: apptainer", workload),
              HasSubstr(" docker://nvcr.io/nvidia/pytorch:24.01-py3 sh ./step.sh\n"));
  workload.image = "/images/pytorch.sif";
  EXPECT_THAT(job("container: apptainer", workload), HasSubstr(" /images/pytorch.sif sh "));
}

TEST(SlurmScript, ImagesWithoutARegistryStayAsTheyAre) {
  EXPECT_EQ(pyxis_image("ubuntu:22.04"), "ubuntu:22.04");
  EXPECT_EQ(pyxis_image("nvidia/cuda:12"), "nvidia/cuda:12");
  EXPECT_EQ(pyxis_image("/images/x.sqsh"), "/images/x.sqsh");
  EXPECT_EQ(pyxis_image("registry:5000/a/b"), "registry:5000#a/b");
  EXPECT_EQ(pyxis_image("nvcr.io#a/b"), "nvcr.io#a/b");
}

TEST(SlurmScript, TheWarningGoesToTheStepsOrThroughTheBatchScript) {
  const std::string site = "signal_before_end: 30";
  EXPECT_THAT(batch(site), HasSubstr("--signal=B:USR1@30\n"));
  EXPECT_THAT(job(site), HasSubstr("kill -USR1 0"));
  auto workload = slurm_workload();
  workload.nodes = 2;
  EXPECT_THAT(batch(site, workload), HasSubstr("--signal=USR1@30\n"));
  workload.time_limit = seconds(0);
  EXPECT_THAT(batch(site, workload), Not(HasSubstr("--signal")));
}

TEST(SlurmScript, ALeaseIsCheckedWhereThereIsOne) {
  auto workload = slurm_workload();
  EXPECT_THAT(job("", workload, seconds(900)), Not(HasSubstr("lease")));
  workload.lease = "/shared/run/.lease";
  EXPECT_THAT(job("", workload, seconds(900)), HasSubstr("lease=/shared/run/.lease\n"));
  EXPECT_THAT(job("", workload, seconds(0)), Not(HasSubstr("lease")));
}

}  // namespace
}  // namespace assay
