using System.Buffers;
using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caching.Tests.Conformance;

/// <summary>Tests which serializer is used for a type.</summary>
public abstract class SerializerTests(CacheSide side) : ConformanceTests(side)
{
    [Fact]
    public async Task A_serializer_for_a_type_comes_before_every_factory()
    {
        Assert.Equal(["type"], await SerializersAsync(builder => builder
            .AddSerializer(new Recorder<Order>("type"))
            .AddSerializerFactory(new Factory("factory", canCreate: true))));
    }

    [Fact]
    public async Task The_serializer_that_was_registered_last_is_used() =>
        Assert.Equal(["second"], await SerializersAsync(builder => builder
            .AddSerializer(new Recorder<Order>("first"))
            .AddSerializer(new Recorder<Order>("second"))));

    [Fact]
    public async Task The_factory_that_was_registered_last_and_knows_the_type_is_used() =>
        Assert.Equal(["second"], await SerializersAsync(builder => builder
            .AddSerializerFactory(new Factory("first", canCreate: true))
            .AddSerializerFactory(new Factory("second", canCreate: true))
            .AddSerializerFactory(new Factory("third", canCreate: false))));

    [Fact]
    public async Task A_type_that_no_factory_knows_is_serialized_as_JSON() =>
        Assert.Empty(await SerializersAsync(builder => builder.AddSerializerFactory(new Factory("factory", canCreate: false))));

    [Fact]
    public async Task Serializers_and_factories_may_be_registered_by_type()
    {
        Used.Value = [];
        Assert.Equal(["by type"], await SerializersAsync(builder => builder.AddSerializer<Order, ByType>()));
        Assert.Equal(["by type"], await SerializersAsync(builder => builder.AddSerializerFactory<FactoryByType>()));
    }

    [Fact]
    public async Task A_registered_serializer_also_serves_a_type_that_has_one_by_default()
    {
        Used.Value = [];
        await using var process = await Side.StartAsync(builder => builder.AddSerializer<string>(new Recorder<string>("text")));

        await FillAsync(Side.NewKey(), "v1", cache: process.Cache);

        Assert.Contains("text", Used.Value, StringComparer.Ordinal);
    }

    [Fact]
    public async Task The_options_of_JSON_are_a_keyed_service()
    {
        var camelCase = new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };
        await using var process = await Side.StartAsync(builder =>
            builder.Services.AddKeyedSingleton<JsonSerializerOptions>(typeof(IHybridCacheSerializer<Order>), camelCase));
        var key = Side.NewKey();

        await process.Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult(new Order(7, "a")));
        await KeptAsync<Order>(key, process.Cache);

        Assert.Contains("\"id\":7", await process.Cache.GetOrCreateAsync(key, _ => Load("none"), RedisOnly), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_failure_of_a_serializer_is_reported_to_the_caller_of_a_load()
    {
        await using var process = await Side.StartAsync(builder => builder.AddSerializer(new Recorder<Order>("fails") { Fails = true }));

        await Assert.ThrowsAsync<NotSupportedException>(async () =>
            await process.Cache.GetOrCreateAsync(Side.NewKey(), _ => ValueTask.FromResult(new Order(1, "a"))));
    }

    [Fact]
    public async Task An_immutable_value_that_is_kept_nowhere_is_not_serialized()
    {
        await using var process = await Side.StartAsync(builder => builder.AddSerializer(new Recorder<Fixed>("fails") { Fails = true }));

        var value = await process.Cache.GetOrCreateAsync(Side.NewKey(), _ => ValueTask.FromResult(new Fixed(1)), new()
        {
            Flags = HybridCacheEntryFlags.DisableLocalCacheWrite | HybridCacheEntryFlags.DisableDistributedCacheWrite,
        });

        Assert.Equal(1, value.Id);
    }

    // Returns the serializers that are used to write and read a value.
    private async Task<string[]> SerializersAsync(Action<IHybridCacheBuilder> configure)
    {
        Used.Value = [];
        await using var process = await Side.StartAsync(configure);
        await using var other = await Side.StartAsync(configure);
        var (key, order) = (Side.NewKey(), new Order(1, "a"));

        Assert.Equal(order, await process.Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult(order)));
        await KeptAsync<Order>(key, process.Cache);
        Assert.Equal(order, await other.Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult(new Order(2, "not cached"))));
        return [.. Used.Value.Distinct(StringComparer.Ordinal)];
    }

    private static readonly HybridCacheEntryOptions RedisOnly = new() { Flags = HybridCacheEntryFlags.DisableLocalCache };

    // The serializers that this test has used.
    private static readonly AsyncLocal<ConcurrentQueue<string>> Used = new();

    private sealed record Order(int Id, string Name);

    [ImmutableObject(true)]
    private sealed record Fixed(int Id);

    private class Recorder<T>(string name) : IHybridCacheSerializer<T>
    {
        private readonly ConcurrentQueue<string> used = Used.Value!;

        public bool Fails { get; init; }

        public T Deserialize(ReadOnlySequence<byte> source)
        {
            used.Enqueue(name);
            var reader = new Utf8JsonReader(source);
            return JsonSerializer.Deserialize<T>(ref reader)!;
        }

        public void Serialize(T value, IBufferWriter<byte> target)
        {
            if (Fails)
                throw new NotSupportedException();
            used.Enqueue(name);
            target.Write(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(value)));
        }
    }

    private sealed class ByType() : Recorder<Order>("by type");

    private class Factory(string name, bool canCreate) : IHybridCacheSerializerFactory
    {
        public bool TryCreateSerializer<T>([NotNullWhen(true)] out IHybridCacheSerializer<T>? serializer)
        {
            serializer = canCreate && typeof(T) == typeof(Order) ? new Recorder<T>(name) : null;
            return serializer is not null;
        }
    }

    private sealed class FactoryByType() : Factory("by type", canCreate: true);
}

[Collection<OnHybridCache>]
public sealed class HybridCacheSerializerTests(HybridCacheSide side) : SerializerTests(side);

[Collection<OnLastMile>]
public sealed class LastMileSerializerTests(LastMileSide side) : SerializerTests(side);

[Collection<OnCluster>]
public sealed class ClusterSerializerTests(ClusterSide side) : SerializerTests(side);

[Collection<OnReadOnly>]
public sealed class ReadOnlySerializerTests(ReadOnlySide side) : SerializerTests(side);
