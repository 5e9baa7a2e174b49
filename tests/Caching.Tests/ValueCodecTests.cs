using System.Buffers;
using LastMile.Events.Caching.Serialization;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caching.Tests;

/// <summary>Tests how often a value is deserialized.</summary>
public sealed class ValueCodecTests : IHybridCacheSerializer<ValueCodecTests.Basket>
{
    private int deserialized;

    [Fact]
    public void Each_reader_of_a_mutable_value_has_its_own_and_the_first_costs_one_deserialization()
    {
        using var services = new ServiceCollection().AddSingleton<IHybridCacheSerializer<Basket>>(this).BuildServiceProvider();
        var codec = new ValueCodec(services);

        Assert.True(codec.TryStore<Basket>(new byte[] { 7 }, out var stored, out _));
        Assert.True(codec.TryRead<Basket>(stored, out var first));
        Assert.Equal(1, deserialized);
        Assert.True(codec.TryRead<Basket>(stored, out var second));

        Assert.NotSame(first, second);
        Assert.Equal((7, 7), (first.Items, second.Items));
        Assert.Equal(2, deserialized);
    }

    Basket IHybridCacheSerializer<Basket>.Deserialize(ReadOnlySequence<byte> source)
    {
        deserialized++;
        return new Basket { Items = source.FirstSpan[0] };
    }

    void IHybridCacheSerializer<Basket>.Serialize(Basket value, IBufferWriter<byte> target) => target.Write([(byte)value.Items]);

    public sealed class Basket
    {
        public int Items { get; set; }
    }
}
