using LastMile.Events.Testing;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(SharedServers))]
// Each test has its own servers and queues, and spends most of its time waiting.
[assembly: Parallelization(Mode = ParallelMode.All, MaxThreads = 4)]
[assembly: TestCollectionOrderer(typeof(RunsFirstOrderer))]
