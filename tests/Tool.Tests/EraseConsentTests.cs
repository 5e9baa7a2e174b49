using LastMile.Events.Tool.Setup;
using LastMile.Events.Tool.Setup.Redis;
using Xunit;

namespace Tool.Tests;

public sealed class EraseConsentTests : IDisposable
{
    private readonly StringWriter output = new();

    public void Dispose() => output.Dispose();

    [Fact]
    public void An_operator_consents_by_typing_the_name_of_the_region()
    {
        Require("ams\n");

        Assert.Contains("The Redis at redis-ams:6379 holds 1,234 keys (2.50M)", output.ToString());
        Assert.Contains("Type 'ams' to erase this Redis", output.ToString());
    }

    [Theory]
    [InlineData("yes\n")]
    [InlineData("\n")]
    [InlineData("")]
    public void Any_other_answer_is_a_refusal(string typed) =>
        Assert.Equal("Nothing was changed.", Assert.Throws<RefusedException>(() => Require(typed)).Message);

    private void Require(string typed)
    {
        using var terminal = new StringReader(typed);
        new EraseConsent(terminal, output, given: null).Require("ams", "redis-ams:6379", 1234, "2.50M", "redis-primary:6379");
    }
}
