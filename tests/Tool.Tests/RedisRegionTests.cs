using System.Text.Json.Nodes;
using LastMile.Events.Testing;
using Xunit;

namespace Tool.Tests;

/// <summary>Sets up regions: what becomes a replica, and what is refused.</summary>
public sealed class RedisRegionTests : RedisSetup
{
    [Fact]
    public async Task A_region_that_holds_data_is_not_erased_without_consent()
    {
        await Region.SendAsync("", "SET", "cart:1", "dear");

        var silent = await ApplyAsync(Region, "ams");
        Assert.Equal(2, silent.Code);
        Assert.Contains($"The Redis at {Region.Address} holds 1 key (", silent.Error);
        Assert.Contains("add --yes-erase ams. Nothing was changed.", silent.Error);
        var other = await ApplyAsync(Region, "ams", "", "--yes-erase", "syd");
        Assert.Equal(2, other.Code);

        Assert.Equal("dear", await Region.SendAsync("", "GET", "cart:1"));
        Assert.Contains("role:master", await Region.SendAsync("", "INFO", "replication"));
        Assert.StartsWith("user default on", await Region.SendAsync("", "ACL", "LIST"));
        Assert.Equal("replica-read-only\nyes", await Region.SendAsync("", "CONFIG", "GET", "replica-read-only"));
    }

    [Fact]
    public async Task A_region_becomes_a_writable_replica_with_consent_and_a_second_run_changes_nothing()
    {
        await ApplyAsync(Primary, "primary");
        await Primary.SendAsync(Administrator, "SET", "lm:main:watermark", "1-1");
        await Region.SendAsync("", "SET", "cart:1", "dear");

        var result = await ApplyAsync(Region, "ams", "", "--yes-erase", "ams", "--maxmemory", "64mb");

        Assert.True(result.Code == 0, result.ToString());
        Assert.Contains($"changed    The server replicates from {Primary.Address}.", result.Output);
        Assert.DoesNotContain("To do", result.Output);
        Assert.Equal("1-1", await Region.SendAsync(Application, "GET", "lm:main:watermark"));
        Assert.Equal("", await Region.SendAsync(Agent, "GET", "cart:1"));
        Assert.Contains("slave_read_only:0", await Region.SendAsync(Agent, "INFO", "replication"));

        // A region that is set up keeps its entries.
        Assert.StartsWith("0 changed,", (await ApplyAsync(Region, "ams", Administrator, "--maxmemory", "64mb")).Summary);
    }

    [Fact]
    public async Task An_empty_Redis_becomes_a_region_without_consent()
    {
        await ApplyAsync(Primary, "primary");

        Assert.Equal(0, (await ApplyAsync(Region, "ams")).Code);
        Assert.Contains("master_link_status:up", await Region.SendAsync(Agent, "INFO", "replication"));
    }

    [Fact]
    public async Task An_independent_region_keeps_its_settings_its_replicas_and_its_default_user()
    {
        Tool.Edit(file => file["Regions"]!["ams"]!["Topology"] = "Independent");
        // It is empty now, but an application may be about to use it.
        await Region.SendAsync("", "CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
        // The region's own standby.
        await Primary.SendAsync("", "REPLICAOF", "127.0.0.1", Region.Address.Split(':')[1]);

        var result = await ApplyAsync(Region, "ams");

        Assert.True(result.Code == 0, result.ToString());
        Assert.Contains("To do: maxmemory-policy is allkeys-lru", result.Output);
        Assert.Contains("To do: The user default is still on, because applications may log in as it", result.Output);
        Assert.Equal("replica-priority\n100", await Region.SendAsync("", "CONFIG", "GET", "replica-priority"));
        Assert.Equal("masteruser\n", await Region.SendAsync("", "CONFIG", "GET", "masteruser"));
        Assert.Equal("PONG", await Region.SendAsync(Agent, "PING"));

        await Primary.SendAsync("", "REPLICAOF", "NO", "ONE");
        await Eventually.Async(
            async () => (await ApplyAsync(Region, "ams", "", "--turn-off-default")).Output,
            output => output.Contains("changed    The user default is off.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_read_only_region_is_filled_at_the_primary_with_users_of_its_own()
    {
        Tool.Edit(file =>
        {
            var ams = file["Regions"]!["ams"]!;
            ams["Topology"] = "ReadOnly";
            ams["PrimaryRedis"] = new JsonObject { ["ConnectionString"] = $"{Primary.Address},user=agent-ams,password=one" };
            ams["ApplicationPrimaryRedis"] = $"{Primary.Address},user=application-ams,password=two";
        });

        var primary = await ApplyAsync(Primary, "primary", "", "--maxmemory", "64mb");
        var region = await ApplyAsync(Region, "ams", "", "--maxmemory", "64mb");

        Assert.True(primary.Code == 0, primary.ToString());
        Assert.True(region.Code == 0, region.ToString());
        Assert.Equal("maxmemory-policy\nvolatile-lru", await Primary.SendAsync(Administrator, "CONFIG", "GET", "maxmemory-policy"));
        await Primary.SendAsync("user=application-ams,password=two", "SET", "cart:1", "dear");
        await Primary.SendAsync("user=agent-ams,password=one", "SET", "lm:main:sound:run", "1", "PX", "60000");
        await Eventually.Async(() => Region.SendAsync(Application, "GET", "cart:1"), held => held == "dear");
        Assert.Contains("slave_read_only:1", await Region.SendAsync(Agent, "INFO", "replication"));
        Assert.StartsWith("0 changed,", (await ApplyAsync(Region, "ams", Administrator, "--maxmemory", "64mb")).Summary);
        Assert.StartsWith("0 changed,", (await ApplyAsync(Primary, "primary", Administrator, "--maxmemory", "64mb")).Summary);
    }

    [Fact]
    public async Task Read_only_regions_that_share_a_user_of_the_primary_share_its_password()
    {
        Tool.Edit(file =>
        {
            var regions = file["Regions"]!.AsObject();
            regions["syd"] = regions["ams"]!.DeepClone();
            foreach (var region in (string[])["ams", "syd"])
            {
                regions[region]!["Topology"] = "ReadOnly";
                regions[region]!["PrimaryRedis"] =
                    new JsonObject { ["ConnectionString"] = $"{Primary.Address},user=agent,password={region}" };
            }
        });

        var result = await ApplyAsync(Primary, "primary");

        Assert.Equal(2, result.Code);
        Assert.Contains("Several read-only regions log in to the primary as 'agent', with different passwords.", result.Error);
        Assert.StartsWith("user default on", await Primary.SendAsync("", "ACL", "LIST"));
    }

    [Fact]
    public async Task The_primary_is_not_made_a_replica_of_itself()
    {
        var result = await ApplyAsync(Primary, "ams");

        Assert.Equal(2, result.Code);
        Assert.Contains("is the primary", result.Error);
        Assert.Contains("role:master", await Primary.SendAsync("", "INFO", "replication"));
        Assert.StartsWith("user default on", await Primary.SendAsync("", "ACL", "LIST"));
    }

    [Fact]
    public async Task A_server_other_than_the_intended_one_is_rejected()
    {
        // Another name of the primary, so that its replicas give it away.
        Tool.Edit(file => file["Regions"]!["ams"]!["ReplicaOf"] = $"localhost:{Primary.Port}");
        await ApplyAsync(Primary, "primary");
        await ApplyAsync(Region, "ams");

        var asRegion = await ApplyAsync(Primary, "ams", Administrator, "--yes-erase", "ams");
        Assert.Equal(2, asRegion.Code);
        Assert.Contains("has replicas (1), so it looks like the primary", asRegion.Error);
        var asPrimary = await ApplyAsync(Region, "primary", Administrator);
        Assert.Equal(2, asPrimary.Code);
        Assert.Contains("looks like a region", asPrimary.Error);
    }

    [Fact]
    public async Task A_replica_of_another_primary_is_not_moved_without_consent()
    {
        await ApplyAsync(Primary, "primary");
        await ApplyAsync(Region, "ams");
        await Region.SendAsync(Application, "EVAL", "return redis.call('SET', KEYS[1], 'x')", "1", "cart:1");
        Tool.Edit(file => file["Regions"]!["ams"]!["ReplicaOf"] = "127.0.0.1:1");

        var result = await ApplyAsync(Region, "ams", Administrator);

        Assert.Equal(2, result.Code);
        Assert.Contains($"It replicates from {Primary.Address} now; if that is the primary, set ReplicaOf to that address.", result.Error);
        Assert.Equal("x", await Region.SendAsync(Application, "GET", "cart:1"));
    }
}
