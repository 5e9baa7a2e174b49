using LastMile.Events.Tool.Setup;
using LastMile.Events.Tool.Setup.Redis;
using Xunit;

namespace Tool.Tests;

public sealed class EraseConsentTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly StringWriter output = new();

    public void Dispose() => output.Dispose();

    [Fact]
    public async Task An_operator_consents_by_typing_the_name_of_the_region()
    {
        await RequireAsync(new StringReader("ams\n"));

        Assert.Contains("The Redis at redis-ams:6379 holds 1,234 keys (2.50M)", output.ToString());
        Assert.Contains("Type 'ams' to erase this Redis", output.ToString());
    }

    [Theory]
    [InlineData("yes\n")]
    [InlineData("\n")]
    [InlineData("")]
    public async Task Any_other_answer_is_a_refusal(string typed)
    {
        var refusal = await Assert.ThrowsAsync<RefusedException>(() => RequireAsync(new StringReader(typed)));

        Assert.Equal("Nothing was changed.", refusal.Message);
    }

    [Fact]
    public async Task A_cancellation_ends_the_question()
    {
        using var terminal = new SilentTerminal();
        using var cancellation = new CancellationTokenSource();

        var question = RequireAsync(terminal, cancellation.Token);
        await terminal.Asked;
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => question.WaitAsync(Deadline, CancellationToken.None));
    }

    private Task RequireAsync(TextReader terminal, CancellationToken cancellationToken = default) =>
        new EraseConsent(terminal, output, given: null).RequireAsync(
            "ams", "redis-ams:6379", 1234, "2.50M", "redis-primary:6379", current: null, cancellationToken);

    // An operator who types nothing before the end of the test.
    private sealed class SilentTerminal : TextReader
    {
        private readonly TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim ended = new();

        public Task Asked => asked.Task;

        public override string? ReadLine()
        {
            asked.SetResult();
            ended.Wait();
            return null;
        }

        protected override void Dispose(bool disposing)
        {
            ended.Set();
            base.Dispose(disposing);
        }
    }
}
