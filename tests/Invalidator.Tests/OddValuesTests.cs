using LastMile.Events.Testing;
using Npgsql;
using Xunit;

namespace Invalidator.Tests;

public sealed class OddValuesTests(PurgingInvalidator running) : IClassFixture<PurgingInvalidator>
{
    private readonly World world = running.World;

    [Theory]
    [InlineData("")]
    [InlineData("a:b")]
    [InlineData("{Id}")]
    [InlineData("}{ 100 % \"quoted\" 'twice' \\ back")]
    [InlineData(" around ")]
    [InlineData("größer 日本 🛒")]
    [InlineData("null")]
    public async Task The_key_is_exactly_the_rendered_text(string value)
    {
        var entity = await TrackAsync();
        await world.CacheAsync($"{entity}:{value}:end", $"{entity}:{value}");

        await InsertAsync(entity, value);

        await world.GoneAsync($"{entity}:{value}:end");
        Assert.True(await world.IsCachedAsync($"{entity}:{value}"));
        await world.NothingIsQuarantinedAsync(entity);
    }

    [Theory]
    [InlineData("a\nb", "control characters")]
    [InlineData("a\u007fb", "control characters")]
    [InlineData("long", "a key or tag has at most 1024")]
    public async Task A_value_that_is_invalid_in_a_key_is_quarantined_and_its_entity_purged(string value, string reason)
    {
        var entity = await TrackAsync();
        await world.CacheAsync($"{entity}:good:end");

        await InsertAsync(entity, value == "long" ? new string('x', 1_024) : value);
        await InsertAsync(entity, "good");

        await world.RenewedAsync(entity);
        await world.GoneAsync($"{entity}:good:end");
        var kept = await Eventually.Async(
            () => world.ScalarAsync<string>(
                $"select coalesce(min(reason), '') from lastmile.outbox_quarantine where entity = '{entity}'"),
            text => text.Length > 0);
        Assert.Contains(reason, kept, StringComparison.Ordinal);
    }

    private async Task<string> TrackAsync()
    {
        var entity = "note_" + Guid.NewGuid().ToString("N");
        await world.ExecuteAsync(
            $"create table {entity} (text text); select lastmile.track('{entity}', '{entity}', array['{entity}:{{text}}:end'])");
        return entity;
    }

    private async Task InsertAsync(string entity, string value)
    {
        await using var command = world.Source.CreateCommand($"insert into {entity} values ($1)");
        command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync();
    }
}
