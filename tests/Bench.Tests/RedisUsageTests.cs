using LastMile.Events.Bench.Running;
using Xunit;

namespace Bench.Tests;

public sealed class RedisUsageTests
{
    [Fact]
    public void Usage_is_read_from_all_sections_of_INFO()
    {
        const string Info =
            "# Server\r\nredis_version:7.0.15\r\nexecutable:/usr/bin/redis-server\r\n\r\n"
            + "# Memory\r\nused_memory:2516582\r\nused_memory_rss:9000000\r\n\r\n"
            + "# Stats\r\ntotal_commands_processed:4711\r\n\r\n"
            + "# Replication\r\nrole:master\r\nslave0:ip=127.0.0.1,port=1,state=online\r\nmaster_repl_offset:1234567\r\n\r\n"
            + "# CPU\r\nused_cpu_sys:0.250000\r\nused_cpu_user:1.500000\r\n";

        Assert.Equal(
            new RedisUsage(TimeSpan.FromSeconds(1.75), Memory: 2_516_582, StreamBytes: 1_234_567, Commands: 4_711),
            RedisUsage.Parse(Info));
    }
}
