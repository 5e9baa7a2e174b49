using LastMile.Events.Fabric;
using Xunit;

namespace Fabric.Tests;

public sealed class ProcessUsageTests
{
    private static readonly Uri Address = new("http://127.0.0.1:21001");

    [Fact]
    public void CPU_time_and_memory_are_read_from_proc()
    {
        const string Stat = "812 (dotnet) S 811 812 812 0 -1 4194304 40210 0 115 0 1234 66 0 0 20 0 21 0 90210 "
            + "274877906944 32768 18446744073709551615";
        const string Status = "Name:\tdotnet\nVmPeak:\t 9000000 kB\nVmHWM:\t  146012 kB\nVmRSS:\t  136000 kB\nRssAnon:\t   60000 kB\n";

        var usage = ProcessUsage.Parse(Stat, Status);

        Assert.Equal(
            new ProcessUsage(
                TimeSpan.FromSeconds(13), Memory: 136_000 * 1024, PeakMemory: 146_012 * 1024, Started: TimeSpan.FromSeconds(902.1)),
            usage);
    }

    [Fact]
    public void A_process_name_with_spaces_and_parentheses_is_parsed()
    {
        var usage = ProcessUsage.Parse("7 (a (b) c) R 1 7 7 0 -1 0 0 0 0 0 100 50 0 0 20 0 1 0 5 6", "VmHWM:\t2 kB\nVmRSS:\t1 kB\n");

        Assert.Equal(TimeSpan.FromSeconds(1.5), usage.Cpu);
    }

    [Theory]
    [InlineData("/usr/share/dotnet/dotnet\0/app/Service.dll\0--urls\0http://127.0.0.1:21001/\0", true)]
    [InlineData("dotnet\0/app/Service.dll\0--urls\0http://127.0.0.1:21001/\0", true)]
    [InlineData("dotnet\0/app/Service.dll\0--urls\0http://127.0.0.1:2100/\0", false)]
    [InlineData("sh\0supervise.sh\0/tmp/log\0dotnet\0/app/Service.dll\0--urls\0http://127.0.0.1:21001/\0", false)]
    [InlineData("", false)]
    public void A_service_is_found_by_the_address_on_its_command_line(string commandLine, bool found) =>
        Assert.Equal(found, ProcessUsage.IsCommandOf(commandLine, Address));
}
